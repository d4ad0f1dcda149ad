import React from 'react';
import { LoadingState, type DataFrame, type PanelData, type TimeRange } from '@grafana/data';
import { PanelRenderer } from '@grafana/runtime';
import { PanelChrome } from '@grafana/ui';
import { useWidth } from '../hooks';
import type { Chart } from '../queries';

interface Props {
  chart: Chart;
  description: string;
  frames: DataFrame[];
  range: TimeRange;
  loading: boolean;
}

const HEIGHT = 260;

/** One of the User groups board's panels, drawn by Grafana as on the board. */
export function UseChart({ chart, description, frames, range, loading }: Props) {
  const [ref, width] = useWidth();
  const state = loading ? LoadingState.Loading : LoadingState.Done;
  const data: PanelData = { state, series: frames, timeRange: range };
  return (
    <div ref={ref}>
      {width > 0 && (
        <PanelChrome title={chart.title} description={description} width={width} height={HEIGHT} loadingState={state}>
          {(innerWidth, innerHeight) => (
            <PanelRenderer
              pluginId={chart.type}
              title={chart.title}
              data={data}
              options={chart.options}
              // JSON's strings stand for Grafana's enumerations.
              fieldConfig={chart.fieldConfig as React.ComponentProps<typeof PanelRenderer>['fieldConfig']}
              width={innerWidth}
              height={innerHeight}
            />
          )}
        </PanelChrome>
      )}
    </div>
  );
}
