// Passkeys: between the forms of the site and the browser's authenticators. A form with `data-passkey` asks the site (at
// `data-options`) what to ask the browser, and is sent with the browser's answer in its fields. Where the browser makes
// no passkeys, or not for this address, the form stays hidden.
"use strict";

const isNamed = !/^[\d.]+$|:/.test(location.hostname);
const isSupported = isNamed && "parseCreationOptionsFromJSON" in (window.PublicKeyCredential ?? {});

const ask = {
  create: (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

async function begin(form) {
  const reply = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const begun = await reply.json();
  if (!reply.ok) {
    throw Object.assign(new Error(begun.message), { name: "Refusal", code: begun.code });
  }
  return begun;
}

function tell(form, error) {
  const { cancelled, known, failed } = form.dataset;
  const told = { NotAllowedError: cancelled, InvalidStateError: known, Refusal: error.message };
  const alert = form.querySelector("[role=alert]");
  alert.textContent = told[error.name] ?? failed;
  alert.hidden = false;
  if (error.code === "fresh_sign_in_required") {
    form.querySelector("[data-password]").hidden = false;
    form.elements.password.focus();
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !isSupported;
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const { ceremony_id, options } = await begin(form);
      const credential = await ask[form.dataset.passkey](options);
      form.elements.ceremony_id.value = ceremony_id;
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      tell(form, error);
      button.disabled = false;
    }
  });
}
