// The browser takes the hash of the file itself and sends that alone: the file stays where it is. Without a script, or
// where the browser has no hashes (only a secure page has), the file is sent.
const form = document.querySelector("form[data-check]");
let hashing = false;

async function hashOf(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// `submit()` tells nobody; what is sent is settled in that very call, so that the field is whole again afterwards.
function sendWithoutFile({ file, hash, large }, digits) {
  hash.value = digits;
  large.value = digits ? "" : "on";
  file.disabled = true;
  form.submit();
  file.disabled = false;
  large.value = "";
  hashing = false;
}

async function check(event) {
  const chosen = form.elements.file.files[0];
  // What is missing or empty is said by the server, in words.
  if (!chosen?.size) return;
  event.preventDefault();
  if (hashing) return;
  hashing = true;
  const digits = chosen.size > Number(form.dataset.largest) ? "" : await hashOf(chosen);
  sendWithoutFile(form.elements, digits);
}

if (form && globalThis.crypto?.subtle) {
  document.querySelector("[data-leaves]").hidden = true;
  document.querySelector("[data-stays]").hidden = false;
  form.addEventListener("submit", check);
}
