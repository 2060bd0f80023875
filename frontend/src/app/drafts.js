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

// What was previewed is no longer what stands in the form: it is previewed again before it can be sent.
document.addEventListener('input', (event) => {
  const written = event.target.form;
  for (const previewed of document.querySelectorAll('form[data-previewed]'))
    if (written && written !== previewed && written.action.split('#')[0] === previewed.action) previewed.remove();
});
