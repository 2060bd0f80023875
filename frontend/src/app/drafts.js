// Leaving a page with a half-written form: the browser asks first. Sending the form is no loss.
let unsent = null;

document.addEventListener('input', (event) => {
  const form = event.target.closest('form[data-draft]');
  if (form) unsent = form;
});

document.addEventListener('submit', (event) => {
  if (event.target === unsent && !event.defaultPrevented) unsent = null;
});

window.addEventListener('beforeunload', (event) => {
  if (unsent?.isConnected) event.preventDefault();
});
