// Shows where a case stands in its diagram. Each [data-diagram] names the address of the drawing and, by element id,
// what is current, done or overdue; the page says the same in words beside it.
import Viewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer.css';

const ids = (text) => (text ?? '').split(' ').filter(Boolean);

function badge(look, words) {
  const node = document.createElement('div');
  node.className = `gw-badge ${look}`;
  node.textContent = words;
  return node;
}

const PAD = 24;
const LEGIBLE = 0.55;

/** The drawing whole, as wide as its place and never larger than drawn. */
function fit(viewer, place) {
  const canvas = viewer.get('canvas');
  const { inner } = canvas.viewbox();
  const scale = Math.min(1, place.clientWidth / (inner.width + 2 * PAD), place.clientHeight / (inner.height + 2 * PAD));
  const [width, height] = [place.clientWidth / scale, place.clientHeight / scale];
  canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - (height - inner.height) / 2, width, height });
  return scale;
}

/** Whole if that can be read, else so near that it can, with the current step in the middle. */
function settle(viewer, place, current) {
  const canvas = viewer.get('canvas');
  const { inner } = canvas.viewbox();
  const scale = Math.max(LEGIBLE, Math.min(1, place.clientWidth / (inner.width + 2 * PAD)));
  place.style.height = `${Math.min(520, Math.max(160, Math.ceil((inner.height + 2 * PAD) * scale)))}px`;
  canvas.resized();
  const step = ids(current).map((id) => viewer.get('elementRegistry').get(id)).find(Boolean);
  if (fit(viewer, place) >= LEGIBLE || !step) return;
  const [width, height] = [place.clientWidth / LEGIBLE, place.clientHeight / LEGIBLE];
  canvas.viewbox({ x: step.x + step.width / 2 - width / 2, y: step.y + step.height / 2 - height / 2, width, height });
}

/** The drawing names its lanes by their codes; a reader sees their titles. */
function title(viewer, lanes) {
  const registry = viewer.get('elementRegistry');
  for (const lane of registry.filter(({ type, businessObject }) => type === 'bpmn:Lane' && lanes[businessObject.name])) {
    lane.businessObject.name = lanes[lane.businessObject.name];
    viewer.get('graphicsFactory').update('shape', lane, registry.getGraphics(lane));
  }
}

function mark(viewer, { current, done, overdue, currentWords, overdueWords }) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const known = (text) => ids(text).filter((id) => viewer.get('elementRegistry').get(id));
  for (const id of known(done)) canvas.addMarker(id, 'is-done');
  for (const id of known(current)) {
    canvas.addMarker(id, 'is-current');
    overlays.add(id, { position: { top: -12, left: 6 }, html: badge('is-current', currentWords) });
  }
  for (const id of known(overdue)) {
    canvas.addMarker(id, 'is-overdue');
    overlays.add(id, { position: { bottom: 10, left: 6 }, html: badge('is-overdue', overdueWords) });
  }
}

async function show(place) {
  const canvas = place.querySelector('[data-canvas]');
  const waiting = place.querySelector('.gw-waiting');
  const answer = await fetch(place.dataset.diagram, { credentials: 'same-origin' }).catch(() => null);
  if (!answer?.ok) {
    waiting.textContent = waiting.dataset.failed;
    return;
  }
  place.classList.add('is-shown'); // before drawing: what is not shown has no size
  const viewer = new Viewer({ container: canvas, zoomScroll: { enabled: false } });
  await viewer.importXML(await answer.text());
  title(viewer, JSON.parse(place.dataset.lanes));
  settle(viewer, canvas, place.dataset.current);
  mark(viewer, place.dataset);
  place.addEventListener('click', (event) => {
    const step = event.target.closest('[data-zoom]')?.dataset.zoom;
    if (step === 'fit') fit(viewer, canvas);
    else if (step === 'current') settle(viewer, canvas, place.dataset.current);
    else if (step) viewer.get('zoomScroll').stepZoom(Number(step));
  });
}

// A drawing inside a closed <details> has no size yet: it is drawn when it is first seen.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    show(target);
  }
});
for (const place of document.querySelectorAll('[data-diagram]')) {
  const waiting = place.querySelector('.gw-waiting');
  waiting.textContent = waiting.dataset.loading;
  seen.observe(place);
}
