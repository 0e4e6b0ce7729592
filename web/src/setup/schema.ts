/** What forms need of a JSON schema: the kind of each field, its default, and how a value is changed within others. */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  format?: string;
}

/** How a field is edited. */
export type FieldKind =
  | "section"
  | "choice"
  | "switch"
  | "number"
  | "text"
  | "secret"
  | "choices"
  | "lines"
  | "sections"
  | "json";

export type JsonPath = readonly (string | number)[];

/** A schema without references, and whether the value may be absent as null. */
export function resolved(root: Schema, node: Schema): { node: Schema; nullable: boolean } {
  const { description, default: preset } = node;
  const own = {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
  };
  if (node.$ref) {
    const found = root.$defs?.[node.$ref.split("/").at(-1) ?? ""] ?? {};
    const inner = resolved(root, found);
    return { node: { ...inner.node, ...own }, nullable: inner.nullable };
  }
  if (node.allOf?.length === 1 && node.allOf[0]) {
    const inner = resolved(root, node.allOf[0]);
    return { node: { ...inner.node, ...own }, nullable: inner.nullable };
  }
  const others = node.anyOf?.filter(({ type }) => type !== "null");
  if (node.anyOf && others?.length === 1 && others[0]) {
    const inner = resolved(root, others[0]);
    return { node: { ...inner.node, ...own }, nullable: true };
  }
  return { node, nullable: false };
}

/** How a field is edited; what no form fits is edited as JSON. */
export function kindOf(root: Schema, node: Schema): FieldKind {
  if (node.enum) return "choice";
  if (node.type === "boolean") return "switch";
  if (node.type === "number" || node.type === "integer") return "number";
  if (node.type === "string") return node.format === "password" ? "secret" : "text";
  if (node.type === "object" && node.properties) return "section";
  if (node.type === "array" && node.items && !node.prefixItems) {
    const item = resolved(root, node.items).node;
    if (item.enum) return "choices";
    if (item.type === "string") return "lines";
    if (item.properties) return "sections";
  }
  return "json";
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether a value differs from the default: one that is absent has it. */
export const isChanged = (node: Schema, value: unknown): boolean =>
  value !== undefined && "default" in node && !same(value, node.default);

/** The same value with another one at a path; undefined takes it out. */
export function withValue(value: unknown, path: JsonPath, next: unknown): unknown {
  const [key, ...more] = path;
  if (key === undefined) return next;
  if (Array.isArray(value) || typeof key === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    if (!more.length && next === undefined) list.splice(Number(key), 1);
    else list[Number(key)] = withValue(list[Number(key)], more, next);
    return list;
  }
  const map = { ...((value ?? {}) as Record<string, unknown>) };
  const inner = withValue(map[key], more, next);
  if (inner === undefined) delete map[key];
  else map[key] = inner;
  return map;
}
