// Zod schemas as JSON Schema: those with a name once, for `components/schemas`, and a reference wherever they are used.

import assert from 'node:assert';
import * as z from 'zod';

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
  /** By their names, in the order of these. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  readonly #converted = new Map<z.ZodType, JsonSchema>();
  readonly #required: ReadonlySet<z.ZodType>;

  /** Converts all of them at once: one by one, the large ones that most of them refer to would be converted every time. */
  constructor(schemas: Iterable<z.ZodType>) {
    const all = [...new Set(schemas)];
    const everything = z.object(Object.fromEntries(all.map((schema, position) => [`${position}`, schema])));
    const converted = z.toJSONSchema(everything, {
      target: 'draft-2020-12',
      io: 'input',
      override: ({ jsonSchema }) => foldNull(jsonSchema),
    });
    const { properties = {}, required = [], $defs = {} } = withComponentRefs(converted) as JsonSchema;
    all.forEach((schema, position) => this.#converted.set(schema, properties[position] as JsonSchema));
    this.#required = new Set(required.map((position) => all[Number(position)]!));
    this.named = Object.fromEntries(Object.entries($defs).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What is sent must be so; parts that have a name are references. Takes only what the constructor was given. */
  of(schema: z.ZodType): JsonSchema {
    const converted = this.#converted.get(schema);
    assert(converted !== undefined);
    return converted;
  }

  /** Whether it may be left out. */
  isOptional(schema: z.ZodType): boolean {
    return !this.#required.has(schema);
  }
}
