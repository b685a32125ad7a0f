/** An XML element's content: text, elements by name (a list makes one element an item); an undefined element is left out. */
export type Xml = string | number | boolean | { readonly [element: string]: Xml | readonly Xml[] | undefined };

/** An element as text; `name` may end with attributes, which are taken as they stand. */
export function renderXml(name: string, content: Xml): string {
  return `<${name}>${render(content)}</${name.split(' ', 1)[0] ?? ''}>`;
}

function render(content: Xml): string {
  if (typeof content !== 'object') {
    return String(content).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  }
  return Object.entries(content)
    .flatMap(([name, child]) => (child === undefined ? [] : [child].flat().map((item: Xml) => renderXml(name, item))))
    .join('');
}
