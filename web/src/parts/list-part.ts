import type { TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { allOf, type ListPage } from "../api/all";
import { t } from "../text/text";
import { Part } from "./part";
import { say } from "./say";
import { failed, loading } from "./states";

/** A list of the gateway that people change: read when it appears, and again after each change. */
export abstract class ListPart<Item> extends Part {
  @state() protected items: readonly Item[] | null = null;
  /** What went wrong with the latest change. */
  @state() protected wrong = "";
  @state() private failure: unknown = null;

  /** One page of the list. */
  protected abstract page(after: string): Promise<ListPage<Item>>;

  protected abstract list(items: readonly Item[]): TemplateResult;

  override connectedCallback(): void {
    super.connectedCallback();
    this.load();
  }

  protected async load(): Promise<void> {
    try {
      this.items = await allOf((after) => this.page(after));
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    return this.items ? this.list(this.items) : loading();
  }

  /** Change something and show the list anew; if it fails, `wrong` says why, after `refused` has looked at it. */
  protected async change(work: () => Promise<unknown>, refused?: (error: unknown) => Promise<void>): Promise<void> {
    this.wrong = "";
    try {
      await work();
      say(t("changed"));
      await this.load();
    } catch (error) {
      await refused?.(error);
      this.wrong = (error as Error).message;
    }
  }

  /** Change what a form says. */
  protected submit(event: Event, work: (form: FormData) => Promise<unknown>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    return this.change(() => work(form));
  }
}
