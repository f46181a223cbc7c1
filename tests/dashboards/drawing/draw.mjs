// node draw.mjs JOBS.json: draws dashboards in Chromium, and prints what was found as JSON, one object for each job.
//
// JOBS.json: { chromium, prometheus, scrapeSeconds, width, jobs: [{ dashboard, page, out, theme, query, height }] }. dashboard: its
// JSON file; page: or the address of any other page; out: where the PNG goes; query: what Grafana would have in the
// dashboard's address (from, to, var-...); height: where it is cut at the latest, below a panel; 0: nowhere.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const order = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const prometheus = new URL(order.prometheus);
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
let dashboard = '';

// The page's own files, the dashboard, and Prometheus under one address, so that the browser may ask it.
const server = http.createServer((request, response) => {
  const asked = request.url.split('?')[0];
  if (asked.startsWith('/prometheus/')) return pass(request, response);
  const icon = asked.match(/\/img\/icons\/(.+\.svg)$/);
  const file = {
    [asked]: path.join(here, 'index.html'),
    ...(icon && { [asked]: path.join(here, 'node_modules/@grafana/ui/dist/public/img/icons', icon[1]) }),
    ...(asked.startsWith('/built/') && { [asked]: path.join(here, asked) }),
    ...(asked === '/dashboard.json' && { [asked]: dashboard }),
  }[asked];
  fs.readFile(file, (error, content) => {
    response.writeHead(error ? 404 : 200, { 'content-type': TYPES[path.extname(file)] ?? 'text/plain' });
    response.end(error ? '' : content);
  });
});

function pass(request, response) {
  const to = {
    host: prometheus.hostname,
    port: prometheus.port,
    path: prometheus.pathname.replace(/\/$/, '') + request.url.slice('/prometheus'.length),
    method: request.method,
    headers: { ...request.headers, host: prometheus.host },
  };
  const asking = http.request(to, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  asking.on('error', (error) => {
    response.writeHead(502);
    response.end(JSON.stringify({ status: 'error', error: String(error) }));
  });
  request.pipe(asking);
}

async function draw(browser, address, job) {
  const viewport = { width: order.width, height: 1000 };
  const page = await browser.newPage({ viewport, timezoneId: 'UTC', colorScheme: job.theme });
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error).slice(0, 600)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/404/.test(message.text())) problems.push(message.text().slice(0, 300));
  });
  const shown = job.page ? await plain(page, job) : await drawn(page, address, job);
  const height = await lastWhole(page, job.height || 12_000);
  await page.setViewportSize({ ...viewport, height });
  await page.screenshot({ path: job.out });
  await page.close();
  return { ...job, panels: shown.panels, problems: [...shown.problems, ...problems] };
}

async function plain(page, job) {
  await page.goto(job.page, { waitUntil: 'networkidle' });
  return { panels: [], problems: [] };
}

async function drawn(page, address, job) {
  dashboard = job.dashboard;
  const query = new URLSearchParams({ ...job.query, theme: job.theme, scrape: order.scrapeSeconds });
  await page.goto(`${address}/?${query}`);
  await page.waitForFunction('window.drawing && window.drawing.ready', null, { timeout: 180_000 });
  const height = await page.evaluate('document.querySelector("#root").scrollHeight');
  // Panels below the fold are only drawn once they are in view.
  await page.setViewportSize({ width: order.width, height: Math.min(12_000, height + 8) });
  await page.waitForTimeout(2_500);
  return await page.evaluate('window.drawing.found()');
}

// The bottom of the lowest panels that end before `limit`, so that none is cut through; a page without panels ends where it ends.
async function lastWhole(page, limit) {
  const [whole, boxes] = await page.evaluate(() => [
    document.documentElement.scrollHeight,
    [...document.querySelectorAll('.react-grid-item')].map((item) => {
      const { top, bottom } = item.getBoundingClientRect();
      return [top + scrollY, bottom + scrollY];
    }),
  ]);
  if (!boxes.length) return Math.min(whole, limit);
  const ends = boxes
    .map(([, bottom]) => bottom)
    .filter((end) => !boxes.some(([top, bottom]) => top < end && end < bottom));
  return Math.ceil(Math.max(...ends.filter((end) => end <= limit))) + 8;
}

await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const browser = await chromium.launch({ executablePath: order.chromium, args: ['--no-sandbox', '--disable-gpu'] });
const found = [];
try {
  for (const job of order.jobs) found.push(await draw(browser, `http://127.0.0.1:${server.address().port}`, job));
} finally {
  await browser.close();
  server.close();
}
console.log(JSON.stringify(found));
