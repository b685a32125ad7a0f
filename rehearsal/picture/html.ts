/** Markup: whatever text went into it is escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What a template takes. Nothing is written of `undefined` and `false`. */
type Value = Html | string | number | undefined | false | readonly Value[];

/** Markup of a template: its own text as it stands, what is filled in escaped, for element content and for attributes in double quotes. */
export function html(template: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(template.map((text, index) => `${text}${written(values[index])}`).join(''));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function written(value: Value): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(written).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
