// Zod schemas as JSON Schema: those with a name once, for `components/schemas`, and a reference wherever they are used.

import assert from 'node:assert';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

const localPrefix = '#/$defs/';
export const schemaPrefix = '#/components/schemas/';

/** References into a schema's own definitions, as references into the document's. */
function withComponentRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withComponentRefs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isLocal = key === '$ref' && typeof inner === 'string' && inner.startsWith(localPrefix);
      return [key, isLocal ? schemaPrefix + inner.slice(localPrefix.length) : withComponentRefs(inner)];
    }),
  );
}

/** `null` as one more type or value, where zod writes a choice of two schemas: shorter, and better understood by tools. */
function foldNull(schema: JsonSchema): void {
  const [first, second, ...others] = schema.anyOf ?? [];
  const isNullable = others.length === 0 && second?.type === 'null' && typeof first?.type === 'string';
  if (!isNullable || Object.keys(second).length > 1) return;
  delete schema.anyOf;
  const { type, enum: values, const: only, ...rest } = first;
  const allowed = only === undefined ? values : [only];
  Object.assign(schema, { type: [type, 'null'] }, allowed && { enum: [...allowed, null] }, rest, { ...schema });
}

export class SchemaCollection {
  readonly #named = new Map<string, JsonSchema>();

  /** The schema as JSON Schema of draft 2020-12, as what is sent must be; its named parts become references. */
  add(schema: z.ZodType): JsonSchema {
    const converted = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io: 'input',
      override: ({ jsonSchema }) => foldNull(jsonSchema),
    });
    const { $schema: _, $defs: named = {}, ...own } = withComponentRefs(converted) as JsonSchema;
    for (const [name, definition] of Object.entries(named)) {
      const known = this.#named.get(name);
      assert(known === undefined || JSON.stringify(known) === JSON.stringify(definition), `two schemas named ${name}`);
      this.#named.set(name, definition);
    }
    return own;
  }

  /** All named schemas so far, by their names. */
  get named(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#named].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
