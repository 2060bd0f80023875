import 'htmx.org';
import './app.css';
import './confirm.js';
import './drafts.js';
import './forms.js';

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-print]')) window.print();
  const copied = event.target.closest('[data-copy]');
  if (copied) navigator.clipboard.writeText(copied.dataset.copy);
});

// A select that leads elsewhere (another regulation, another year) goes there at once; without script its button does.
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-go]')) event.target.form.requestSubmit();
});
