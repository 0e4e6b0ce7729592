import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { de } from "../src/text/de";
import { en } from "../src/text/en";
import { chooseLanguage, count, setLanguage, t, word } from "../src/text/text";

const SOURCE = join(__dirname, "../src");
const files = (readdirSync(SOURCE, { recursive: true }) as string[]).filter(
  (name) => name.endsWith(".ts") && !name.startsWith("text/") && !name.endsWith("schema.ts"),
);
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const ATTRIBUTES = /(?:aria-label|title|placeholder|alt)="([^"$]*[A-Za-z]{2}[^"$]*)"/g;
/** What is the same in every language. */
const SAME = new Set(["passerby", "Esc", "F"]);

/** Words in a template: what stands between its tags, and attributes that people read. */
function wordsOf(template: string): string[] {
  const attributes = [...template.matchAll(ATTRIBUTES)].map(([, text]) => text ?? "");
  const between = template
    .replace(/<!--.*?-->/gs, "")
    .replace(/<[^>]*>/gs, "\n")
    .split("\n");
  return [...attributes, ...between]
    .map((each) => each.trim())
    .filter((each) => /[A-Za-z]{2}/.test(each) && !SAME.has(each));
}

function templates(name: string): string[] {
  const tree = ts.createSourceFile(name, readFileSync(join(SOURCE, name), "utf8"), ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === "html") {
      const { template } = node;
      const parts = ts.isNoSubstitutionTemplateLiteral(template)
        ? [template.text]
        : [template.head.text, ...template.templateSpans.map(({ literal }) => literal.text)];
      found.push(parts.join("$"));
    }
    ts.forEachChild(node, look);
  };
  look(tree);
  return found;
}

describe("messages", () => {
  it.each(files)("%s has no words of its own", (name) => {
    expect(templates(name).flatMap(wordsOf)).toEqual([]);
  });

  it("finds words outside the message files", () => {
    expect(wordsOf('<p title="Say it">$ Hello there <b>$</b></p>')).toEqual(["Say it", "$ Hello there"]);
  });

  it.each(Object.keys(en) as (keyof typeof en)[])("%s names the same values in both languages", (key) => {
    expect(names(de[key])).toEqual(names(en[key]));
    expect(de[key].trim()).not.toBe("");
  });

  it("knows every message that the code names, and names every message that it knows", () => {
    const code = files.map((name) => readFileSync(join(SOURCE, name), "utf8")).join("\n");
    const text = ["condition", "format", "text"].map((name) => readFileSync(join(SOURCE, `text/${name}.ts`), "utf8"));
    const all = [code, ...text].join("\n");
    const kinds = [...all.matchAll(/\bword\("(\w+)"/g)].map(([, kind]) => `${kind}.`);
    const nouns = [...all.matchAll(/\bcount\([^"]*"(\w+)"\)/g)].map(([, noun]) => `${noun}.`);
    const unused = Object.keys(en).filter(
      (key) => !all.includes(`"${key}"`) && ![...kinds, ...nouns].some((each) => key.startsWith(each)),
    );
    expect(unused).toEqual([]);
  });

  it("fills in values and shows unknown words of the API as they are", () => {
    setLanguage("de");
    expect(count(1, "cameras")).toBe("1 Kamera");
    expect(word("fault", "dark")).toBe("zu dunkel");
    expect(word("fault", "not_yet_known")).toBe("not yet known");
    setLanguage("en");
    expect(t("time.ago", { duration: "5 min" })).toBe("5 min ago");
  });

  it.each([
    [null, ["de-AT", "en"], "de"],
    [null, ["fr", "en"], "en"],
    [null, ["fr"], "en"],
    ["en", ["de"], "en"],
    ["nonsense", ["de"], "de"],
  ] as const)("chooses from %s and %s the language %s", (kept, preferred, expected) => {
    expect(chooseLanguage(kept, [...preferred])).toBe(expected);
  });
});
