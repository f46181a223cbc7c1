// Bundles what the browser runs into built/.
import * as esbuild from 'esbuild';

await esbuild.build({
  entryPoints: ['src/main.tsx'],
  bundle: true,
  outdir: 'built',
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
  jsx: 'transform',
  // Grafana's packages import a name that their own dependencies no longer have.
  alias: { 'react-router-dom-v5-compat': 'react-router-dom' },
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff': 'empty', '.woff2': 'empty', '.ttf': 'empty' },
});
