// What Grafana's server and its start page would have set up before a dashboard is shown.
import {
  EventBusSrv,
  LoadingState,
  ThresholdsMode,
  booleanOverrideProcessor,
  createTheme,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  toDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import {
  config,
  setAppEvents,
  setDataSourceSrv,
  setEchoSrv,
  setPluginImportUtils,
  setRunRequest,
  setTemplateSrv,
} from '@grafana/runtime';
import { sceneGraph } from '@grafana/scenes';
import { catchError, from, map, of, startWith } from 'rxjs';
import { Prometheus, problems } from './prometheus';

export function setUp(mode: 'dark' | 'light', scrapeSeconds: number) {
  const theme = createTheme({ colors: { mode } });
  Object.assign(config as any, {
    theme2: theme,
    theme: theme.v1,
    bootData: { user: { locale: 'en-US', timezone: 'utc', permissions: {} }, settings: config, navTree: [] },
  });
  dataSource(scrapeSeconds);
  services();
  registries();
  return theme;
}

// One data source, whatever a dashboard calls it, as long as its variable leads there.
function dataSource(scrapeSeconds: number) {
  const meta: any = {
    id: 'prometheus',
    name: 'Prometheus',
    type: 'datasource',
    metrics: true,
    annotations: true,
    info: { logos: { small: '', large: '' } },
  };
  const settings: any = {
    uid: 'prometheus',
    name: 'Prometheus',
    type: 'prometheus',
    id: 1,
    isDefault: true,
    meta,
    jsonData: {},
    access: 'proxy',
    readOnly: true,
  };
  const source: any = new Prometheus(settings, scrapeSeconds);
  Object.assign(source, { meta, uid: settings.uid, type: settings.type, interval: `${scrapeSeconds}s` });
  const check = (ref: any, vars: any) => {
    const uid = typeof ref === 'string' ? ref : ref?.uid;
    const scene = vars?.__sceneObject?.value?.valueOf();
    const name = scene && uid ? sceneGraph.interpolate(scene, uid, vars) : uid;
    if (name && ![settings.uid, settings.name, 'default'].includes(name)) problems.push(`no such data source: ${name}`);
  };
  setDataSourceSrv({
    get: async (ref: any, vars: any) => (check(ref, vars), source),
    getInstanceSettings: (ref: any, vars: any) => (check(ref, vars), settings),
    getList: (filter: any) => (filter?.pluginId && filter.pluginId !== meta.id ? [] : [settings]),
    reload: async () => {},
    registerRuntimeDataSource() {},
  } as any);
}

function services() {
  setPluginImportUtils({
    importPanelPlugin: async (id: string) => {
      problems.push(`nothing draws panels of type ${id}`);
      throw new Error(`nothing draws ${id}`);
    },
    getPanelPluginFromCache: () => undefined,
  });
  setTemplateSrv({
    replace: (text: string) => text,
    getVariables: () => [],
    containsTemplate: (text: string) => /\$/.test(text ?? ''),
    updateTimeRange() {},
  } as any);
  setEchoSrv({ addEvent() {}, addBackend() {}, flush() {} } as any);
  setAppEvents(new EventBusSrv() as any);
  setRunRequest(((source: any, request: any) => {
    const base = { series: [], timeRange: request.range, request };
    return from(Promise.resolve(source.query(request))).pipe(
      map((answer: any) => ({ ...base, state: LoadingState.Done, series: answer.data.map(toDataFrame) })),
      catchError((error) =>
        of({ ...base, state: LoadingState.Error, error: { message: String(error.message ?? error) } }),
      ),
      startWith({ ...base, state: LoadingState.Loading }),
    );
  }) as any);
}

// What a field may have, and how overrides become it.
const PROPERTIES: Record<string, any> = {
  displayName: displayNameOverrideProcessor,
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  noValue: stringOverrideProcessor,
  links: dataLinksOverrideProcessor,
  color: identityOverrideProcessor,
  filterable: booleanOverrideProcessor,
  fieldMinMax: booleanOverrideProcessor,
  description: stringOverrideProcessor,
  actions: identityOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
};
const DEFAULTS: Record<string, any> = {
  mappings: [],
  thresholds: {
    mode: ThresholdsMode.Absolute,
    steps: [
      { value: -Infinity, color: 'green' },
      { value: 80, color: 'red' },
    ],
  },
};
const EDITORS =
  'text number boolean select radio slider color unit links thresholds mappings stats-picker strings timezone fieldColor field-name dashboard-uid multi-select sliderMarks actions textarea';

function registries() {
  const nothing = () => null;
  standardFieldConfigEditorRegistry.setInit(
    () =>
      Object.entries(PROPERTIES).map(([id, process]) => ({
        id,
        path: id,
        name: id,
        editor: nothing,
        override: nothing,
        process,
        shouldApply: () => true,
        defaultValue: DEFAULTS[id],
      })) as any,
  );
  standardEditorsRegistry.setInit(() => EDITORS.split(' ').map((id) => ({ id, name: id, editor: nothing })) as any);
  const byId = new Map(Object.values(standardTransformers).map((one: any) => [one.id, one]));
  standardTransformersRegistry.setInit(
    () =>
      [...byId.values()].map((one: any) => ({
        id: one.id,
        name: one.name,
        transformation: () => Promise.resolve(one),
        editor: nothing,
        imageDark: '',
        imageLight: '',
      })) as any,
  );
}
