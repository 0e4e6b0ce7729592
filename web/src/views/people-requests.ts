import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { ListPage } from "../api/all";
import { ask, send } from "../api/client";
import type { RequestInfo } from "../api/schema";
import { may, person } from "../app/person";
import { ListPart } from "../parts/list-part";
import { empty } from "../parts/states";
import { moment } from "../parts/time";
import { t, word } from "../text/text";

/** What one person asked for and a second one decides. */
@customElement("pb-requests")
export class RequestsPart extends ListPart<RequestInfo> {
  protected override page(after: string): Promise<ListPage<RequestInfo>> {
    return send("GET /api/requests", { query: { after } });
  }

  protected override list(items: readonly RequestInfo[]): TemplateResult {
    if (!items.length) return empty(t("requests.empty.title"), t("requests.empty.words"));
    return html`<p class="wrong" role="alert">${this.wrong}</p>
      <ul class="cards wide">${[...items].reverse().map((each) => this.#request(each))}</ul>`;
  }

  #request(each: RequestInfo): TemplateResult {
    const isMine = each.asked_by === person()?.name;
    const decides = each.state === "open" && may("approve_requests") && !isMine;
    const title = t("requests.title", { matter: word("matter", each.matter), camera: each.camera });
    return html`<li class="panel">
      <div class="line"><h2>${title}</h2><span class="chip">${word("request", each.state)}</span></div>
      <p class="written">${each.reason}</p>
      <dl class="facts wide">
        <dt>${t("requests.by")}</dt><dd>${each.asked_by}, ${moment(each.asked)}</dd>
        ${Object.entries(each.details).map(([name, value]) => html`<dt>${word("detail", name)}</dt><dd>${isTime(value) ? moment(value) : value}</dd>`)}
        <dt>${t("requests.ends")}</dt><dd>${moment(each.ends)}</dd>
        ${each.decided_by ? html`<dt>${t("requests.decided")}</dt><dd>${each.decided_by}</dd>` : nothing}
      </dl>
      ${
        decides
          ? html`<div class="line">
              <button type="button" class="main" @click=${() => this.#decide(each.number, true)}>${t("requests.grant")}</button>
              <button type="button" @click=${() => this.#decide(each.number, false)}>${t("requests.refuse")}</button>
            </div>`
          : each.state === "open" && isMine
            ? html`<p class="quiet">${t("requests.mine")}</p>`
            : nothing
      }
    </li>`;
  }

  #decide(number: number, granted: boolean): Promise<void> {
    return this.change(() => ask("POST /api/requests/{number}/decision", { path: { number }, body: { granted } }));
  }
}

const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT/.test(text);
