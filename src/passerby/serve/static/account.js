import { ask } from "./api.js";
import { make, say } from "./dom.js";
import { clockTime, utcTime } from "./words.js";

const PASSWORD = { type: "password", required: true, maxLength: 256, autocomplete: "current-password" };

/** Who is signed in, their authenticator app, and where else they are signed in. */
export class Account {
  constructor(leave) {
    this.leave = leave;
    this.element = make("div", { className: "account" });
    this.#show();
  }

  update() {}

  close() {}

  async #show() {
    try {
      const [own, sessions] = await Promise.all([ask("/api/account"), ask("/api/account/sessions")]);
      const scope = own.cameras === null ? "all cameras" : own.cameras.join(", ") || "no camera";
      this.element.replaceChildren(
        make("h1", {}, own.name),
        make("p", {}, `${own.role.replaceAll("_", " ")}, ${scope}`),
        make("section", {}, make("h2", {}, "Authenticator app"), ...this.#app(own.has_code)),
        make("section", {}, make("h2", {}, "Where you are signed in"), make("ul", {}, ...sessions.map((each) => this.#session(each))),
          make("button", { type: "button", onclick: () => this.#everywhere() }, "Sign out everywhere")));
    } catch (error) {
      this.element.replaceChildren(make("p", { className: "wrong", role: "alert" }, error.message));
    }
  }

  #app(set) {
    if (set) {
      return [make("p", {}, "Signing in needs a code of your app."),
        this.#proof("Remove the app", [], (present) => ask("/api/account/app/removal", { method: "POST", body: { present } }))];
    }
    const place = make("div", {});
    const begin = async () => {
      const { seed, address } = await ask("/api/account/app", { method: "POST" });
      const code = make("input", { name: "code", required: true, autocomplete: "one-time-code", inputMode: "numeric", maxLength: 16 });
      const spaced = seed.match(/.{1,4}/g).join(" ");
      place.replaceChildren(
        make("p", {}, "Type this key into your app, or ", make("a", { href: address }, "open it in an app of this device"), ":"),
        make("p", {}, make("code", {}, spaced)),
        this.#proof("Set up the app", [make("label", {}, "Code that it shows", code)], (present) =>
          ask("/api/account/app", { method: "PUT", body: { present, seed, code: code.value.trim() } })));
      code.focus();
    };
    return [make("p", {}, "Without an app, your password alone is enough to sign in."),
      make("button", { type: "button", onclick: begin }, "Set up an app"), place];
  }

  /** A form that asks for the present password before it changes something. */
  #proof(button, fields, change) {
    const present = make("input", { ...PASSWORD, name: "present" });
    const wrong = make("p", { className: "wrong", role: "alert" });
    const send = async (event) => {
      event.preventDefault();
      wrong.textContent = "";
      try {
        await change(present.value);
        say("Changed.");
        await this.#show();
      } catch (error) {
        wrong.textContent = error.message;
      }
    };
    return make("form", { onsubmit: send }, ...fields, make("label", {}, "Present password", present), wrong,
      make("button", { type: "submit" }, button));
  }

  #session({ number, since, used, address, browser, this: here }) {
    const times = make("span", { title: `${utcTime(since)}; ${utcTime(used)}` }, `since ${clockTime(since)}, last used ${clockTime(used)}`);
    const end = async () => {
      await ask(`/api/account/sessions/${number}`, { method: "DELETE" });
      await this.#show();
    };
    return make("li", {}, make("strong", {}, here ? "This browser" : browser || "another browser"), ` from ${address} `, times, " ",
      ...(here ? [] : [make("button", { type: "button", onclick: end }, "End this session")]));
  }

  async #everywhere() {
    await ask("/api/account/sessions", { method: "DELETE" });
    this.leave();
  }
}
