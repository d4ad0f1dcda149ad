import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { rangeUtil, type RawTimeRange, type TimeRange } from '@grafana/data';
import { config, getDataSourceSrv, locationService } from '@grafana/runtime';
import { settings, userGroupsBoard } from './api';
import queries from './generated/queries.json';
import { view, type View } from './links';
import type { Attribution } from './queries';

export interface Loaded<T> {
  /** What was loaded last; it stays while it is loaded again. */
  value?: T;
  error?: Error;
  loading: boolean;
}

/**
 * Loads something, and again whenever `load` or `moment` changes: memoize both.
 * An answer that was overtaken is dropped.
 */
export function useLoaded<T>(load: () => Promise<T>, moment?: unknown): Loaded<T> {
  const [state, setState] = useState<{ of?: unknown; at?: unknown; value?: T; error?: Error }>({});
  useEffect(() => {
    let overtaken = false;
    load().then(
      (value) => overtaken || setState({ of: load, at: moment, value }),
      (error: Error) => overtaken || setState(({ value }) => ({ of: load, at: moment, value, error }))
    );
    return () => {
      overtaken = true;
    };
  }, [load, moment]);
  const loading = state.of !== load || state.at !== moment;
  return { value: state.value, error: loading ? undefined : state.error, loading };
}

const subscribe = (changed: () => void) => {
  const subscription = locationService.getLocationObservable().subscribe(changed);
  return () => subscription.unsubscribe();
};

/** Returns where the browser is, with Grafana's own prefix taken off. */
export function useLocation(): { pathname: string; search: URLSearchParams } {
  const { pathname, search } = useSyncExternalStore(subscribe, locationService.getLocation);
  return useMemo(() => ({ pathname, search: new URLSearchParams(search) }), [pathname, search]);
}

export interface Viewed {
  range: TimeRange;
  attribution: Attribution;
  /** The same for links to other pages. */
  shown: View;
  setRange: (raw: RawTimeRange) => void;
  setAttribution: (attribution: Attribution) => void;
  /** Reads the clock again, for ranges that end now. */
  refresh: () => void;
}

/** Returns the range and the attribution that are in the URL. */
export function useViewed(): Viewed {
  const { search } = useLocation();
  const [read, setRead] = useState(0);
  const from = search.get('from') ?? 'now-7d';
  const to = search.get('to') ?? 'now';
  const attribution: Attribution = search.get('attribution') === 'share' ? 'share' : 'info';
  const range = useMemo(
    () => rangeUtil.convertRawToRange({ from: asTime(from), to: asTime(to) }),
    // `read` is no part of the range: it says when the clock is read.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [from, to, read]
  );
  const setRange = useCallback((raw: RawTimeRange) => {
    const { from, to } = view(raw, 'info');
    locationService.partial({ from, to });
  }, []);
  const setAttribution = useCallback((chosen: Attribution) => locationService.partial({ attribution: chosen }), []);
  const refresh = useCallback(() => setRead((count) => count + 1), []);
  const shown = useMemo(() => ({ from, to, attribution }), [from, to, attribution]);
  return { range, attribution, shown, setRange, setAttribution, refresh };
}

function asTime(text: string): string {
  return /^\d+$/.test(text) ? new Date(Number(text)).toISOString() : text;
}

/** Returns the data source that the settings name, or Grafana's first Prometheus; undefined if there is none. */
export function useDatasource(): Loaded<string | undefined> {
  return useLoaded(chosenDatasource);
}

/** Returns the uid of the User groups board; the app's own until it is known that there is another. */
export const useBoard = (): string => useLoaded(userGroupsBoard).value ?? queries.appBoard;

async function chosenDatasource(): Promise<string | undefined> {
  const { datasourceUid } = await settings();
  const available = getDataSourceSrv().getList({ filter: ({ type }) => isPrometheus(type) });
  const chosen = available.find(({ uid }) => uid === datasourceUid);
  return (chosen ?? available.find(({ isDefault }) => isDefault) ?? available[0])?.uid;
}

/** Returns whether data sources of a type speak PromQL as Prometheus does. */
export const isPrometheus = (type: string) => PROMETHEUS_TYPES.includes(type);

const PROMETHEUS_TYPES = [
  'prometheus',
  'grafana-amazonprometheus-datasource',
  'grafana-azureprometheus-datasource',
];

export const isAdmin = () => config.bootData.user.orgRole === 'Admin' || config.bootData.user.isGrafanaAdmin;

/** Returns the width of an element, which `ref` has to be given to; 0 until it is known. */
export function useWidth(): [ref: (element: HTMLElement | null) => void, width: number] {
  const [element, ref] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [ref, width];
}
