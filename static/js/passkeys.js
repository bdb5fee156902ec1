// allauth does the ceremony; we say in words when it did not succeed, and leave the other ways in sight.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.querySelector("[data-passkey-problem]");
  if (problem) problem.hidden = false;
});

if (!window.PublicKeyCredential) document.getElementById("passkey_login")?.remove();
