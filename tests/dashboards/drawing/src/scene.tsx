// A dashboard's JSON as one of Grafana's scenes.
import { standardTransformersRegistry } from '@grafana/data';
import * as S from '@grafana/scenes';
import { InlineLabel } from '@grafana/ui';
import React from 'react';
import { problems } from './prometheus';

export type Dashboard = Record<string, any>;

export function sceneOf(dashboard: Dashboard, asked: URLSearchParams) {
  const variables = new S.SceneVariableSet({ variables: dashboard.templating.list.map(variable) });
  for (const one of variables.state.variables as any[]) {
    const value = asked.get(`var-${one.state.name}`);
    if (value !== null && !one.state.skipUrlSync) one.setState({ value, text: value });
  }
  const layers = dashboard.annotations.list
    .filter((one: any) => one.builtIn !== 1)
    .map(
      (one: any) =>
        new S.dataLayers.AnnotationsDataLayer({
          name: one.name,
          isEnabled: one.enable,
          isHidden: one.hide,
          query: one,
        }),
    );
  const body = new S.SceneGridLayout({ children: [] });
  const scene = new S.EmbeddedScene({
    $timeRange: new S.SceneTimeRange({
      from: asked.get('from') ?? dashboard.time.from,
      to: asked.get('to') ?? dashboard.time.to,
      timeZone: 'utc',
    }),
    $variables: variables,
    $data: layers.length ? new S.SceneDataLayerSet({ layers }) : undefined,
    body,
    $behaviors: [new S.behaviors.CursorSync({ sync: dashboard.graphTooltip })],
    controls: [
      new S.VariableValueSelectors({}),
      new Annotations({ layers }),
      new S.SceneControlsSpacer(),
      new S.SceneTimePicker({}),
      new S.SceneRefreshPicker({}),
    ],
  });
  return { scene, variables, body };
}

// A switch for each kind of annotation, with its name.
class Annotations extends S.SceneObjectBase<any> {
  static Component = ({ model }: any) => (
    <>
      {model.state.layers.map((layer: any) => (
        <div key={layer.state.name} style={{ display: 'flex' }}>
          <InlineLabel width="auto">{layer.state.name}</InlineLabel>
          <layer.Component model={layer} />
        </div>
      ))}
    </>
  );
}

// Panels of a row follow it, as Grafana has them once the row is open.
export function fill(body: S.SceneGridLayout, dashboard: Dashboard) {
  body.setState({
    children: dashboard.panels.map((one: any) => {
      const { x, y, w, h } = one.gridPos;
      if (one.type === 'row') return new S.SceneGridRow({ key: `row-${one.id}`, title: one.title, y, children: [] });
      return new S.SceneGridItem({ key: `grid-${one.id}`, x, y, width: w, height: h, body: panel(one) });
    }),
  });
}

function variable(one: any): any {
  const { name, label, hide, description, skipUrlSync } = one;
  const common = { name, label, hide, description, skipUrlSync };
  switch (one.type) {
    case 'datasource':
      return new S.DataSourceVariable({ ...common, pluginId: one.query, value: 'prometheus', text: 'Prometheus' });
    case 'query':
      return new S.QueryVariable({
        ...common,
        isMulti: one.multi,
        includeAll: one.includeAll,
        allValue: one.allValue,
        value: one.current.value ?? '',
        text: one.current.text ?? '',
        query: one.query,
        datasource: one.datasource,
        sort: one.sort,
        refresh: one.refresh,
        regex: one.regex,
        definition: one.definition,
      });
    case 'constant':
      return new S.ConstantVariable({ ...common, value: one.query });
    default:
      problems.push(`variables of type ${one.type} are not known`);
  }
}

function panel(one: any) {
  let $data: any;
  if (one.targets.length) $data = new S.SceneQueryRunner({ datasource: one.datasource, queries: one.targets });
  if ($data && one.transformations?.length) {
    for (const { id } of one.transformations) {
      if (!standardTransformersRegistry.getIfExists(id)) problems.push(`"${one.title}": no transformation ${id}`);
    }
    $data = new S.SceneDataTransformer({ $data, transformations: one.transformations });
  }
  return new S.VizPanel({
    key: `panel-${one.id}`,
    title: one.title,
    description: one.description,
    pluginId: one.type,
    options: one.options,
    fieldConfig: one.fieldConfig,
    displayMode: one.transparent ? 'transparent' : 'default',
    $data,
  });
}
