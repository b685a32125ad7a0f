// The least app's function: an asset that needs no bundling.
exports.handler = async () => ({ PhysicalResourceId: 'least' });
