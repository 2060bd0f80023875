// A form or button with data-confirm asks first. The words come from the page, so that they are in its language.
const sure = new WeakSet();

function ask({ confirm: question, confirmYes, confirmNo, confirmDanger }) {
  const dialog = document.createElement('dialog');
  dialog.className = 'gw-dialog';
  const words = document.createElement('p');
  words.textContent = question;
  words.id = 'confirm-words';
  dialog.setAttribute('aria-labelledby', words.id);
  const buttons = document.createElement('form');
  buttons.method = 'dialog';
  buttons.className = 'gw-row';
  for (const [value, text, look] of [
    ['yes', confirmYes, confirmDanger === undefined ? 'btn btn-primary' : 'btn btn-outline-danger'],
    ['', confirmNo, 'btn'],
  ]) {
    const button = document.createElement('button');
    Object.assign(button, { value, className: look, textContent: text });
    buttons.append(button);
  }
  dialog.append(words, buttons);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      answer(dialog.returnValue === 'yes');
    });
  });
}

document.addEventListener('submit', async (event) => {
  const { target: form, submitter } = event;
  const asked = submitter?.dataset.confirm ? submitter : form;
  if (!asked.dataset.confirm || submitter?.name === 'preview' || sure.delete(form)) return; // a preview changes nothing
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(asked.dataset)) {
    sure.add(form);
    form.requestSubmit(submitter);
  }
}, true);
