// A field that does not apply to the answer so far is hidden by the style sheet; here it is also kept out of what is sent.
// Whether it applies is the server's word: a change sends the form to be shown again (hx-post in macros/_form.html).
function settle() {
  for (const field of document.querySelectorAll('[data-field]')) {
    const away = field.classList.contains('is-away');
    for (const control of field.querySelectorAll('input, select, textarea')) control.disabled = away;
  }
}

// What stands in a field that is away goes along when the form is to be shown again: it stands there as the field comes back.
document.addEventListener('htmx:config:request', ({ target, detail: { ctx } }) => {
  if (!(ctx.request.body instanceof FormData)) return;
  for (const control of target.querySelectorAll('[data-field].is-away :disabled'))
    if (control.name && (control.checked || !['checkbox', 'radio'].includes(control.type)))
      ctx.request.body.append(control.name, control.value);
});
document.addEventListener('htmx:after:settle', settle);
settle();
document.querySelector('[data-errors], [data-tried]')?.focus();
