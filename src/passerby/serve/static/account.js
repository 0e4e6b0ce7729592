import { ask } from "./api.js";
import { make, say } from "./dom.js";
import { addPasskey, passkeysWork } from "./passkey.js";
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
      const parts = ["/api/account", "/api/account/sessions", "/api/account/passkeys"];
      const [own, sessions, passkeys] = await Promise.all(parts.map((each) => ask(each)));
      this.password = own.has_password;
      const scope = own.cameras === null ? "all cameras" : own.cameras.join(", ") || "no camera";
      this.element.replaceChildren(
        make("h1", {}, own.name),
        make("p", {}, `${own.role.replaceAll("_", " ")}, ${scope}`),
        make("section", {}, make("h2", {}, "Passkeys"), ...this.#passkeys(passkeys)),
        ...(own.has_password
          ? [make("section", {}, make("h2", {}, "Authenticator app"), ...this.#app(own.has_code))] : []),
        make("section", {}, make("h2", {}, "Where you are signed in"), make("ul", {}, ...sessions.map((each) => this.#session(each))),
          make("button", { type: "button", onclick: () => this.#everywhere() }, "Sign out everywhere")));
    } catch (error) {
      this.element.replaceChildren(make("p", { className: "wrong", role: "alert" }, error.message));
    }
  }

  #passkeys(passkeys) {
    const parts = [make("ul", {}, ...passkeys.map((each) => this.#passkey(each)))];
    if (!passkeys.length) parts[0] = make("p", {}, "With a passkey you sign in by the lock of your device, or by a security key.");
    if (!passkeysWork()) {
      return [...parts, make("p", {}, "To add one, open this page in a current browser under a host name, not an IP address.")];
    }
    const name = make("input", { name: "label", required: true, maxLength: 64, autocomplete: "off" });
    const begin = make("button", { type: "button" }, "Add a passkey");
    begin.onclick = () => {
      const form = this.#proof("Add the passkey", [make("label", {}, "Name, such as: phone", name)], (present) =>
        addPasskey(name.value, present));
      begin.replaceWith(form);
      name.focus();
    };
    return [...parts, begin];
  }

  #passkey({ number, name, host, created, used }) {
    const last = used ? `last used ${clockTime(used)}` : "never used";
    const times = make("span", { title: `${utcTime(created)}${used ? `; ${utcTime(used)}` : ""}` },
      ` for ${host}, added ${clockTime(created)}, ${last} `);
    const row = make("li", {}, make("strong", {}, name), times);
    const path = `/api/account/passkeys/${number}`;
    const changing = (form) => () => row.replaceChildren(make("strong", {}, name), times, form());
    const rename = () => {
      const input = make("input", { name: "label", required: true, maxLength: 64, autocomplete: "off", value: name });
      return this.#form("Rename", [make("label", {}, "New name", input)], () => ask(path, { method: "PUT", body: { name: input.value } }));
    };
    const remove = () => this.#proof("Remove the passkey", [], (present) => ask(`${path}/removal`, { method: "POST", body: { present } }));
    row.append(make("button", { type: "button", onclick: changing(rename) }, "Rename"), " ",
      make("button", { type: "button", onclick: changing(remove) }, "Remove"));
    return row;
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

  /** A form that asks for the present password, if there is one, before it changes something. */
  #proof(button, fields, change) {
    const present = make("input", { ...PASSWORD, name: "present" });
    const asked = this.password ? [make("label", {}, "Present password", present)] : [];
    return this.#form(button, [...fields, ...asked], () => change(present.value));
  }

  /** A form that changes something; what the gateway objects to is shown and read aloud. */
  #form(button, fields, change) {
    const wrong = make("p", { className: "wrong", role: "alert" });
    const send = async (event) => {
      event.preventDefault();
      wrong.textContent = "";
      try {
        await change();
        say("Changed.");
        await this.#show();
      } catch (error) {
        wrong.textContent = error.message;
      }
    };
    return make("form", { onsubmit: send }, ...fields, wrong, make("button", { type: "submit" }, button));
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
