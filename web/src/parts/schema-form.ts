import { html, nothing, type TemplateResult } from "lit";
import { isChanged, type JsonPath, kindOf, resolved, type Schema } from "../setup/schema";
import { t } from "../text/text";

/** A form made from a JSON schema. */
export interface SchemaForm {
  root: Schema;
  /** Fields that are edited elsewhere. */
  skip?: ReadonlySet<string>;
  /** Call with the new value of a field; undefined = its default. */
  change(path: JsonPath, value: unknown): void;
}

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** All fields of a section; what differs from its default is marked, and can be set back. */
export function schemaFields(form: SchemaForm, node: Schema, value: unknown, path: JsonPath = []): TemplateResult {
  const values = isMap(value) ? value : {};
  const names = Object.keys(node.properties ?? {}).filter((name) => path.length > 0 || !form.skip?.has(name));
  return html`${names.map((name) => field(form, node, name, values[name], [...path, name]))}`;
}

function field(form: SchemaForm, parent: Schema, name: string, value: unknown, path: JsonPath): TemplateResult {
  const { node, nullable } = resolved(form.root, parent.properties?.[name] ?? {});
  const kind = kindOf(form.root, node);
  const changed = isChanged(node, value);
  const needed = parent.required?.includes(name) ?? false;
  const id = `field-${path.join("-")}`;
  const marks = html`${changed ? html` <span class="chip changed">${t("form.changed")}</span>` : nothing}${
    needed ? html` <span class="chip">${t("form.needed")}</span>` : nothing
  }`;
  const back = changed
    ? html`<button type="button" class="small" aria-label=${t("form.reset_of", { name })} @click=${() => form.change(path, undefined)}>
        ${t("form.reset")}</button>`
    : nothing;
  const about = node.description ? html`<small id="${id}-about">${node.description}</small>` : nothing;
  if (kind === "section" || kind === "sections") {
    const filled = Array.isArray(value) ? value.length > 0 : isMap(value);
    return html`<details class="section" ?open=${filled && path.length < 2}><summary><code>${name}</code>${marks}</summary>
      ${about}${kind === "section" ? section(form, node, value, path, nullable) : sections(form, node, name, value, path)}
    </details>`;
  }
  if (kind === "choices") {
    return html`<fieldset><legend><code>${name}</code>${marks}</legend>${about}${choices(form, node, value, path)}${back}</fieldset>`;
  }
  return html`<div class="field ${changed ? "changed" : ""}">
    <label for=${id}><span><code>${name}</code>${marks}</span></label>
    ${input(form, { node, kind, value, path, id, nullable, needed })}${about}${back}
  </div>`;
}

function section(form: SchemaForm, node: Schema, value: unknown, path: JsonPath, nullable: boolean): TemplateResult {
  if (nullable && !isMap(value)) {
    return html`<button type="button" class="short" @click=${() => form.change(path, {})}>${t("form.add_section")}</button>`;
  }
  return html`<div class="fields">${schemaFields(form, node, value, path)}</div>
    ${nullable ? html`<button type="button" class="short" @click=${() => form.change(path, undefined)}>${t("form.remove_section")}</button>` : nothing}`;
}

function sections(form: SchemaForm, node: Schema, name: string, value: unknown, path: JsonPath): TemplateResult {
  const item = resolved(form.root, node.items ?? {}).node;
  const list = Array.isArray(value) ? value : [];
  const title = (each: unknown, index: number) =>
    String((isMap(each) && (each.name ?? each.place)) || `${name} ${index + 1}`);
  return html`${list.map(
    (each, index) => html`<details class="section"><summary>${title(each, index)}</summary>
      <div class="fields">${schemaFields(form, item, each, [...path, index])}</div>
      <button type="button" class="short" aria-label=${t("form.remove_of", { name: title(each, index) })}
        @click=${() => form.change([...path, index], undefined)}>${t("form.remove")}</button></details>`,
  )}
  <button type="button" class="short" aria-label=${t("form.add_to", { name })} @click=${() => form.change([...path, list.length], {})}>${t("form.add")}</button>`;
}

function choices(form: SchemaForm, node: Schema, value: unknown, path: JsonPath): TemplateResult {
  const all = resolved(form.root, node.items ?? {}).node.enum ?? [];
  const chosen = (Array.isArray(value) ? value : Array.isArray(node.default) ? node.default : []).map(String);
  const toggle = (each: string, on: boolean) =>
    form.change(
      path,
      all.map(String).filter((one) => (one === each ? on : chosen.includes(one))),
    );
  return html`${all.map(
    (each) => html`<label class="check"><input type="checkbox" .checked=${chosen.includes(String(each))}
      @change=${(event: Event) => toggle(String(each), (event.target as HTMLInputElement).checked)} />${each}</label>`,
  )}`;
}

interface Field {
  node: Schema;
  kind: ReturnType<typeof kindOf>;
  value: unknown;
  path: JsonPath;
  id: string;
  nullable: boolean;
  needed: boolean;
}

function input(form: SchemaForm, { node, kind, value, path, id, nullable, needed }: Field): TemplateResult {
  const shown = value === undefined ? node.default : value;
  const about = node.description ? `${id}-about` : nothing;
  const set = (next: unknown) => form.change(path, next);
  const text = (event: Event) => (event.target as HTMLInputElement).value;
  if (kind === "choice") {
    return html`<select id=${id} aria-describedby=${about} @change=${(event: Event) => set(text(event) || undefined)}>
      ${nullable || (needed && !shown) ? html`<option value="" ?selected=${!shown}></option>` : nothing}
      ${node.enum?.map((each) => html`<option value=${each} ?selected=${each === shown}>${each}</option>`)}
    </select>`;
  }
  if (kind === "switch") {
    return html`<input id=${id} type="checkbox" class="switch" aria-describedby=${about} .checked=${shown === true}
      @change=${(event: Event) => set((event.target as HTMLInputElement).checked)} />`;
  }
  if (kind === "number") {
    return html`<input id=${id} type="number" step="any" aria-describedby=${about} min=${node.minimum ?? nothing} max=${node.maximum ?? nothing}
      .value=${shown === undefined || shown === null ? "" : String(shown)}
      @change=${(event: Event) => set(text(event) === "" ? undefined : Number(text(event)))} />`;
  }
  if (kind === "text" || kind === "secret") {
    return html`<input id=${id} type=${kind === "secret" ? "password" : "text"} autocomplete="off" spellcheck="false"
      aria-describedby=${about} .value=${String(shown ?? "")} @change=${(event: Event) => set(text(event) === "" && !needed ? undefined : text(event))} />`;
  }
  if (kind === "lines") {
    const lines = (event: Event) =>
      text(event)
        .split("\n")
        .map((each) => each.trim())
        .filter(Boolean);
    return html`<textarea id=${id} spellcheck="false" aria-describedby=${about} rows="2"
      .value=${(Array.isArray(shown) ? shown : []).join("\n")}
      @change=${(event: Event) => set(lines(event).length || needed ? lines(event) : undefined)}></textarea>`;
  }
  const parse = (event: Event) => {
    const target = event.target as HTMLTextAreaElement;
    try {
      set(target.value.trim() ? JSON.parse(target.value) : undefined);
      target.setCustomValidity("");
    } catch {
      target.setCustomValidity(t("form.not_json"));
      target.reportValidity();
    }
  };
  return html`<textarea id=${id} class="mono" spellcheck="false" aria-describedby=${about} rows="2"
    .value=${shown === undefined || shown === null ? "" : JSON.stringify(shown)} @change=${parse}></textarea>`;
}
