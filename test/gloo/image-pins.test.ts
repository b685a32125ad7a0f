import { imagePins } from '../../lib/gloo/image-pins';
import { glooImageNames } from '../../lib/versions';

const digests = Object.fromEntries(glooImageNames.map((name, index) => [name, `sha256:${String(index).repeat(64)}`]));
const pinned = (index: number) => ({ image: { digest: `sha256:${String(index).repeat(64)}` } });

test('each image has its digest where the chart reads it', () => {
  expect(imagePins(digests, {})).toEqual({
    gloo: { deployment: pinned(0) },
    discovery: { deployment: pinned(1) },
    gatewayProxies: { gatewayProxy: { podTemplate: pinned(2) } },
    gateway: { rolloutJob: pinned(3), cleanupJob: pinned(3), certGenJob: pinned(4) },
  });
});

test('none where none is known', () => {
  expect(imagePins({}, {})).toEqual({});
  expect(imagePins({ gloo: digests.gloo }, {})).toEqual({ gloo: { deployment: pinned(0) } });
});

test('an image that the user names keeps no digest of another', () => {
  const pins = imagePins(digests, { gloo: { deployment: { image: { tag: '1.22.1-patched' } } }, gateway: { rolloutJob: { image: null } } });
  expect(pins).not.toHaveProperty('gloo');
  expect(pins.gateway).toEqual({ cleanupJob: pinned(3), certGenJob: pinned(4) });
});

test.each([
  ['a registry', { registry: 'mirror.example.com' }, false],
  ['a variant', { variant: 'distroless' }, false],
  ['when to pull', { pullPolicy: 'Always', pullSecret: 'mirror' }, true],
])('%s for all images', (_, image, kept) => {
  expect(Object.keys(imagePins(digests, { global: { image } })).length > 0).toBe(kept);
});
