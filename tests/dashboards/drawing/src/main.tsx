// Shows the dashboard at /dashboard.json with Grafana's own parts, and tells in window.drawing what became of it.
import { LoadingState, ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { LocationServiceProvider, locationService } from '@grafana/runtime';
import * as S from '@grafana/scenes';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { setUp } from './grafana';
import { registerPanels } from './panels';
import { problems } from './prometheus';
import { fill, sceneOf } from './scene';

const drawing: any = ((window as any).drawing = { ready: false, found: () => ({ panels: [], problems }) });
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

async function until(ok: () => boolean, milliseconds: number, what: string) {
  for (const end = Date.now() + milliseconds; !ok(); await pause(100)) {
    if (Date.now() > end) return void problems.push(`${what} took longer than ${milliseconds} ms`);
  }
}

async function main() {
  const asked = new URLSearchParams(location.search);
  const theme = setUp(asked.get('theme') as 'dark' | 'light', Number(asked.get('scrape')));
  registerPanels();
  await initPluginTranslations('grafana-scenes', [S.loadResources as any]).catch(() =>
    initPluginTranslations('grafana-scenes'),
  );
  const dashboard = await (await fetch('/dashboard.json')).json();
  const { scene, variables, body } = sceneOf(dashboard, asked);
  const links = dashboard.links.map((link: any) => (
    <span key={link.title} className="link">
      {link.title}
    </span>
  ));
  createRoot(document.getElementById('root')!).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles hackNoBackdropBlur isExtensionSidebarOpen={false} {...({} as any)} />
      <MemoryRouter>
        <LocationServiceProvider service={locationService}>
          <header>
            <h1>{dashboard.title}</h1>
            {links}
          </header>
          <scene.Component model={scene} />
          <PortalContainer />
        </LocationServiceProvider>
      </MemoryRouter>
    </ThemeContext.Provider>,
  );
  await until(() => scene.isActive, 10_000, 'showing anything');
  await pause(300);
  const waiting = (one: any) => one.state.loading || variables.isVariableLoadingOrWaitingToUpdate(one);
  await until(() => !variables.state.variables.some(waiting), 30_000, 'reading variables');
  // A title may name a variable.
  fill(body, dashboard);
  const panels = () => S.sceneGraph.findAllObjects(scene, (one: any) => one instanceof S.VizPanel) as any[];
  const data = (panel: any) => (S.sceneGraph.getData(panel).state as any).data;
  const settled = (panel: any) =>
    !panel.state.$data || [LoadingState.Done, LoadingState.Error].includes(data(panel)?.state);
  await until(() => panels().every(settled), 60_000, 'asking Prometheus');
  await pause(1_000);
  drawing.found = () => ({ panels: panels().map((panel) => told(panel, data(panel))), problems });
  drawing.ready = true;
}

// Of a panel: how many values each of its queries brought, before any transformation.
function told(panel: any, data: any) {
  const { $data } = panel.state;
  const runner = $data instanceof S.SceneDataTransformer ? ($data.state.$data as any) : $data;
  const values: Record<string, number> = {};
  for (const { refId } of runner?.state.queries ?? []) values[refId] = 0;
  for (const { refId, length } of runner?.state.data?.series ?? []) values[refId] += length;
  const error = data?.error?.message ?? panel.state._pluginLoadError;
  return { title: S.sceneGraph.interpolate(panel, panel.state.title), type: panel.state.pluginId, values, error };
}

main().catch((error) => {
  problems.push(String(error.stack ?? error));
  drawing.ready = true;
});
