const ENTITIES: Readonly<Record<string, string>> = { quot: '"', '#34': '"', apos: "'", '#39': "'", lt: '<', gt: '>', amp: '&' };

/** Text of the first element of a name in an answer of AWS; undefined where there is none. */
export function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? undefined : unescaped(text);
}

/** A text without XML's entities. */
export function unescaped(text: string): string {
  return text.replace(/&(#?\w+);/g, (entity, code: string) => ENTITIES[code] ?? entity);
}
