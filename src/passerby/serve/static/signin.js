import { ask } from "./api.js";
import { make } from "./dom.js";

/** Asks for the access token; `done` is called once the gateway has accepted it. */
export class SignIn {
  constructor(done) {
    const token = make("input", { type: "password", name: "token", required: true, autocomplete: "current-password", spellcheck: false });
    const name = make("input", { type: "text", value: "passerby", autocomplete: "username", hidden: true }); // for password managers
    const wrong = make("p", { className: "wrong", role: "alert" });
    const send = async (event) => {
      event.preventDefault();
      wrong.textContent = "";
      try {
        await ask("/api/session", { method: "POST", body: { token: token.value.trim() } });
        done();
      } catch (error) {
        wrong.textContent = error.message;
        token.select();
      }
    };
    this.element = make("form", { className: "sign", onsubmit: send },
      make("h1", {}, "Sign in"),
      make("p", {}, make("code", {}, "passerby up"), " prints the access token when it starts, unless the site file names a file for it (", make("code", {}, "web.token_file"), ")."),
      name,
      make("label", {}, "Access token", token),
      wrong,
      make("button", { type: "submit", className: "main" }, "Sign in"));
    queueMicrotask(() => token.focus());
  }

  update() {}

  close() {}
}
