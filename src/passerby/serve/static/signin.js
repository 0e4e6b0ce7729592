import { ask } from "./api.js";
import { make } from "./dom.js";
import { acceptByPasskey, makeFirstByPasskey, passkeysWork, signInByPasskey } from "./passkey.js";

const PASSWORD = { type: "password", required: true, maxLength: 256, spellcheck: false };

/** Why the gateway did not accept what a sign-in provider says, by the word in the page's address. */
const REFUSED = {
  down: "The sign-in provider does not answer. Try again later, or sign in another way.",
  state: "This sign-in was not begun in this browser, or took too long. Sign in again.",
  answer: "The sign-in provider refused, or its answer is not valid. Sign in again, or another way.",
  role: "The sign-in provider gives you no role at this site. Ask an administrator of this site.",
  account: "No account could be made or changed for you: its name is taken or cannot be used. Ask an administrator of this site.",
  disabled: "Your account is disabled. Ask an administrator of this site.",
  often: "Too many attempts failed. Try again later.",
};

/** A labelled field of a form. */
function field(label, properties, hint) {
  const input = make("input", properties);
  return { input, element: make("label", {}, label, input, ...(hint ? [make("small", {}, hint)] : [])) };
}

/** A form with a heading that sends its fields, or only the account by another way, such as a passkey; what the
 * gateway objects to is shown and read aloud. */
function form(title, about, fields, button, send, other) {
  const wrong = make("p", { className: "wrong", role: "alert" });
  const submit = make("button", { type: "submit", className: "main" }, button);
  const attempt = async (work, refocus) => {
    wrong.textContent = "";
    submit.disabled = true;
    try {
      await work();
    } catch (error) {
      wrong.textContent = error.message;
      refocus.focus();
    } finally {
      submit.disabled = false;
    }
  };
  const sent = (event) => {
    event.preventDefault();
    return attempt(send, fields.at(-1).input);
  };
  const second = other && make("button", { type: "button" }, other.button);
  if (second) second.onclick = () => attempt(other.send, second);
  const element = make("form", { className: "sign", onsubmit: sent },
    make("h1", {}, title), make("p", {}, about), ...fields.map((each) => each.element), wrong, submit,
    ...(second ? [second] : []));
  queueMicrotask(() => fields.find(({ input }) => !input.value).input.focus());
  return element;
}

/** Asks for account, password and code; `done` is called once the gateway has accepted them. */
export class SignIn {
  constructor(done, refused = "") {
    const account = field("Account", { name: "account", required: true, autocomplete: "username", spellcheck: false, maxLength: 64 });
    const password = field("Password", { ...PASSWORD, name: "password", autocomplete: "current-password" });
    const code = field("Code", { name: "code", autocomplete: "one-time-code", inputMode: "numeric", maxLength: 16 },
      "From your authenticator app; leave it empty if you have not set one up.");
    const about = "If you have no account, ask an administrator of this site.";
    this.element = form("Sign in", about, [account, password, code], "Sign in", async () => {
      const body = { account: account.input.value.trim(), password: password.input.value, code: code.input.value.trim() };
      await ask("/api/session", { method: "POST", body });
      done();
    }, passkeysWork() && {
      button: "Sign in with a passkey",
      send: async () => {
        await signInByPasskey(account.input.value.trim());
        done();
      },
    });
    if (refused) this.element.querySelector("[role=alert]").textContent = REFUSED[refused] ?? REFUSED.answer;
    this.#offerOthers(done);
  }

  /** Add buttons for the ways that this site has besides passwords and passkeys. */
  async #offerOthers(done) {
    const { proxy, oidc } = await ask("/api/session/ways").catch(() => ({}));
    const wrong = this.element.querySelector("[role=alert]");
    const offer = (words, attempt) => {
      const onclick = () => attempt().catch((error) => { wrong.textContent = error.message; });
      this.element.append(make("button", { type: "button", onclick }, words));
    };
    if (oidc) {
      offer("Sign in by your organisation", async () => {
        location.assign((await ask("/api/session/oidc", { method: "POST" })).address);
      });
    }
    if (proxy) {
      offer("Sign in through the proxy", async () => {
        await ask("/api/session/proxy", { method: "POST" });
        done();
      });
    }
  }

  update() {}

  close() {}
}

/** Sets a first password with the secret of a link: of the first administrator, or of somebody who was invited. */
export class FirstPassword {
  constructor(secret, { first, done }) {
    const account = field("Account", { name: "account", required: true, autocomplete: "username", spellcheck: false, maxLength: 64 },
      "Letters, digits and . _ - @");
    const password = field("Password", { ...PASSWORD, name: "password", autocomplete: "new-password", minLength: 10 },
      "At least 10 characters that nobody guesses, such as four unusual words.");
    const again = field("Password again", { ...PASSWORD, name: "again", autocomplete: "new-password" });
    const fields = first ? [account, password, again] : [password, again];
    const title = first ? "Make the first administrator" : "Choose your password";
    const about = first ? "This account may do everything. It makes the accounts of the others." : "This link works once.";
    this.element = form(title, about, fields, first ? "Make the account" : "Set the password", async () => {
      if (password.input.value !== again.input.value) throw new Error("the two passwords differ; type them again");
      const body = { key: secret, password: password.input.value, ...(first ? { account: account.input.value.trim() } : {}) };
      await ask(first ? "/api/first-account" : "/api/invitation", { method: "POST", body });
      done();
    }, passkeysWork() && {
      button: "Use a passkey instead of a password",
      send: async () => {
        await (first ? makeFirstByPasskey(secret, account.input.value.trim()) : acceptByPasskey(secret));
        done();
      },
    });
  }

  update() {}

  close() {}
}
