// JSON Schemas for people: what type a value has, within which limits, and the fields of an object.

import { type JsonSchema, schemaPrefix } from '../http/openapi-schemas.ts';
import { type Html, html } from './html.ts';
import { inline } from './prose.ts';

const none = html``;
/** Deeper objects are named as such, and not opened. */
const maxDepth = 3;

export function schemaId(name: string): string {
  return `schema-${name}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, position) => (position === 0 ? part : html`${separator}${part}`))}`;
}

function listed(values: readonly unknown[]): Html {
  return joined(
    values.map((value) => html`<code>${JSON.stringify(value)}</code>`),
    ', ',
  );
}

function plural(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

/** The one schema that all items of a list have. */
function itemsOf({ items }: JsonSchema): JsonSchema | undefined {
  return isSchema(items) && !Array.isArray(items) ? items : undefined;
}

function nameOfType(type: string, schema: JsonSchema): Html {
  const items = itemsOf(schema);
  if (type === 'array' && items !== undefined) return html`list of ${typeOf(items)}`;
  const { additionalProperties } = schema;
  if (type === 'object' && isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0)
    return html`object of ${typeOf(additionalProperties)}`;
  return html`${type}`;
}

/** `string or null`, `list of Link`, `"asc" or "desc"`. */
export function typeOf(schema: JsonSchema): Html {
  const { $ref, anyOf, enum: values, const: only, type } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice(schemaPrefix.length);
    return html`<a href="#${schemaId(name)}">${name}</a>`;
  }
  if (anyOf !== undefined) return joined(anyOf.filter(isSchema).map(typeOf), ' or ');
  if (only !== undefined) return listed([only]);
  if (values !== undefined) return listed(values);
  // The types of a schema are one name or a list of them, which JSON Schema's own types do not say.
  const types = type === undefined ? [] : ([type].flat() as string[]);
  return types.length === 0
    ? html`anything`
    : joined(
        types.map((name) => nameOfType(name, schema)),
        ' or ',
      );
}

function limitsOf(schema: JsonSchema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, format, default: preset } = schema;
  const isOpen = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  return [
    ...(format === undefined ? [] : [format]),
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER
      ? []
      : [`at least ${minimum.toLocaleString('en')}`]),
    ...(isOpen ? [] : [`at most ${maximum.toLocaleString('en')}`]),
    ...(minLength === undefined ? [] : [`at least ${plural(minLength, 'character')}`]),
    ...(maxLength === undefined ? [] : [`at most ${plural(maxLength, 'character')}`]),
    ...(minItems === undefined ? [] : [`at least ${plural(minItems, 'item')}`]),
    ...(maxItems === undefined ? [] : [`at most ${plural(maxItems, 'item')}`]),
    ...(preset === undefined || Array.isArray(preset) ? [] : [`default ${JSON.stringify(preset)}`]),
  ];
}

interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  readonly description?: string | undefined;
}

function fieldItem({ name, schema, isRequired, description = schema.description }: Field, depth: number): Html {
  const limits = limitsOf(schema);
  return html`<dt>
      <code class="name">${name}</code> <span class="type">${typeOf(schema)}</span>${
        isRequired ? html` <strong class="required">required</strong>` : none
      }
    </dt>
    <dd>
      ${description === undefined ? none : html`<p>${inline(description)}</p>`}${
        limits.length === 0 ? none : html`<p class="limits">${limits.join(' · ')}</p>`
      }${fieldsOf(schema, depth + 1)}
    </dd> `;
}

export function fieldList(fields: readonly Field[], depth = 0): Html {
  return fields.length === 0 ? none : html`<dl class="fields">${fields.map((field) => fieldItem(field, depth))}</dl>`;
}

/** The fields of an object, or of the objects in a list; nothing where the schema has a name, and so a place of its own. */
export function fieldsOf(schema: JsonSchema, depth = 0): Html {
  if (depth > maxDepth) return none;
  const items = itemsOf(schema);
  if (items !== undefined) return fieldsOf(items, depth);
  if (schema.anyOf !== undefined) return html`${schema.anyOf.filter(isSchema).map((part) => fieldsOf(part, depth))}`;
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {})
    .filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))
    .map(([name, own]) => ({ name, schema: own, isRequired: required.has(name) }));
  return fieldList(fields, depth);
}
