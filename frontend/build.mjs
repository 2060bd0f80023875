// Builds the browser side into app/web/static/dist: hashed files, and manifest.json that names them.
import { build } from 'esbuild';
import { PurgeCSS } from 'purgecss';
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.join(here, '../app/web');
const dist = path.join(web, 'static/dist');
const icons = path.join(here, 'node_modules/@tabler/icons/icons');
const TABLER = /^(btn|form|visually|fw|fst|d|m|list|text)(-|$)|^is-(in)?valid$/; // the families of classes that we take from Tabler
const entries = { app: 'src/app/app.js', viewer: 'src/viewer/viewer.js' };

async function sources(folder, ...endings) {
  const files = await readdir(folder, { recursive: true });
  const wanted = files.filter((file) => endings.some((ending) => file.endsWith(ending)) && !file.includes('static/'));
  return Promise.all(wanted.map(async (file) => ({ raw: await readFile(path.join(folder, file), 'utf8'), extension: 'html' })));
}

/** Tabler is 620 kB; only the rules whose classes occur in our pages and scripts are kept. */
const purge = {
  name: 'purge-tabler',
  setup(builder) {
    builder.onLoad({ filter: /tabler\.css$/ }, async ({ path: file }) => {
      const content = [...(await sources(web, '.html', '.py')), ...(await sources(path.join(here, 'src'), '.js'))];
      const [{ css }] = await new PurgeCSS().purge({
        content,
        css: [{ raw: await readFile(file, 'utf8') }],
        defaultExtractor(text) {
          const words = [...new Set(text.match(/[\w-]+/g))];
          return { tags: words, classes: words.filter((word) => TABLER.test(word)), ids: [], attributes: { names: words, values: words }, undetermined: [] };
        },
        fontFace: true,
        keyframes: true,
      });
      return { contents: css, loader: 'css' };
    });
  },
};

const hashed = (name, contents) => {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 8).toUpperCase();
  return name.replace(/(\.\w+)$/, `-${hash}$1`);
};

/** One sprite of the icons listed in icons.txt; `-f` at the end of a name means the filled form. */
async function sprite() {
  const names = (await readFile(path.join(here, 'icons.txt'), 'utf8')).split(/\s+/).filter(Boolean).sort();
  const symbols = await Promise.all(names.map(async (name) => {
    const file = name.endsWith('-f') ? `filled/${name.slice(0, -2)}.svg` : `outline/${name}.svg`;
    const svg = await readFile(path.join(icons, file), 'utf8').catch(() => { throw new Error(`There is no icon ${name} in Tabler's set`); });
    const inner = svg.replace(/[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replace(/\s*\n\s*/g, '').replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', '');
    const paint = name.endsWith('-f') ? 'fill="currentColor"' : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${inner}</symbol>`;
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

const started = performance.now();
await rm(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: entries,
  outdir: dist,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome120', 'firefox121', 'safari17'],
  legalComments: 'linked',
  metafile: true,
  loader: { '.svg': 'file', '.woff': 'file', '.woff2': 'file' },
  plugins: [purge],
  logLevel: 'warning',
});

const manifest = {};
for (const [file, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint) continue;
  const name = path.basename(output.entryPoint, '.js');
  manifest[`${name}.js`] = path.basename(file);
  if (output.cssBundle) manifest[`${name}.css`] = path.basename(output.cssBundle);
}
const symbols = await sprite();
manifest['icons.svg'] = hashed('icons.svg', symbols);
await writeFile(path.join(dist, manifest['icons.svg']), symbols);
await writeFile(path.join(dist, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');

for (const [name, file] of Object.entries(manifest)) {
  const bytes = await readFile(path.join(dist, file));
  console.log(name.padEnd(12), file.padEnd(24), `${(bytes.length / 1024).toFixed(1)} K, gzip ${(gzipSync(bytes).length / 1024).toFixed(1)} K`);
}
console.log(`built in ${Math.round(performance.now() - started)} ms`);
