import React from 'react';
import type { PanelRendererProps, PluginPageProps } from '@grafana/runtime';

/** Stands for Grafana's page around a plugin's. */
export function PluginPage({ children, actions, subTitle, pageNav }: PluginPageProps) {
  return (
    <main>
      <h1>{pageNav?.text}</h1>
      {subTitle}
      {actions}
      {children}
    </main>
  );
}

/** Stands for Grafana's panels: what it was given to draw. */
export function PanelRenderer({ title, data }: PanelRendererProps) {
  const points = data?.series.map(({ fields, length }) => `${fields[1]?.labels?.usergroup}: ${length} points`);
  return <div>{`${title} draws ${points?.join(', ')}`}</div>;
}
