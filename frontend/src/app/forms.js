// A field that does not apply to the answer so far is hidden by the style sheet; here it is also kept out of what is sent.
// Whether it applies is the server's word: a change sends the form to be shown again (hx-post in macros/_form.html).
function settle() {
  for (const field of document.querySelectorAll('[data-field]')) {
    const away = field.classList.contains('is-away');
    for (const control of field.querySelectorAll('input, select, textarea')) control.disabled = away;
  }
}

document.addEventListener('htmx:after:settle', settle);
settle();
document.querySelector('[data-errors], [data-tried]')?.focus();
