import type { DataSourceInstanceSettings } from '@grafana/data';
import {
  config,
  locationService,
  setBackendSrv,
  setDataSourceSrv,
  type BackendSrvRequest,
  type DataSourceSrv,
  type GetDataSourceListFilters,
} from '@grafana/runtime';
import { BOARD_SEARCH_URL } from '../api';
import { APP_URL, PLUGIN_ID, RESOURCES_URL } from '../constants';
import type { Settings } from '../settings';
import { backendSrv, type Reply } from './backendSrv';
import boardSearch from './recorded/board-search.json';
import groups from './recorded/groups.json';
import health from './recorded/health.json';
import members from './recorded/members.json';
import queries from './recorded/queries.json';

type Replies = Record<string, Reply | ((request: BackendSrvRequest) => Reply)>;

export const SETTINGS_URL = `/api/plugins/${PLUGIN_ID}/settings`;
export const HEALTH_URL = `/api/plugins/${PLUGIN_ID}/health`;
export const GROUPS_URL = `${RESOURCES_URL}/groups`;
export const MEMBERS_URL = `${RESOURCES_URL}/groups/lab/members`;
export const QUERY_URL = '/api/ds/query';

export const ok = (body: unknown): Reply => ({ status: 200, body });

interface Given {
  at?: string;
  role?: 'Viewer' | 'Admin';
  settings?: Settings;
  /** Answers other than the recorded ones, by URL. */
  replies?: Replies;
  datasources?: string[];
}

/** Starts what stands for Grafana, with what a real one answered; returns what it is asked. */
export function grafana({ at = APP_URL, role = 'Admin', settings = {}, replies = {}, datasources = ['prometheus'] }: Given = {}) {
  const asked: BackendSrvRequest[] = [];
  const known: Replies = {
    [GROUPS_URL]: ok(groups),
    [MEMBERS_URL]: ok(members),
    [HEALTH_URL]: ok(health),
    [BOARD_SEARCH_URL]: ok(boardSearch),
    [SETTINGS_URL]: ok({ jsonData: settings }),
    [QUERY_URL]: ({ data }) => ok(recordedFor(data.queries.map(({ refId }: { refId: string }) => refId))),
    ...replies,
  };
  setBackendSrv(
    backendSrv(async (request) => {
      asked.push(request);
      const reply = known[request.url] ?? { status: 404, body: { message: 'Not found' } };
      return typeof reply === 'function' ? reply(request) : reply;
    })
  );
  const sources = datasources.map((uid) => ({ uid, name: uid, type: uid === 'loki' ? 'loki' : 'prometheus', meta: { info: { logos: {} } } }));
  setDataSourceSrv({
    getList: ({ filter }: GetDataSourceListFilters = {}) => (sources as unknown as DataSourceInstanceSettings[]).filter((it) => filter?.(it) ?? true),
    getInstanceSettings: () => undefined,
  } as DataSourceSrv);
  Object.assign(config, {
    appUrl: 'https://grafana.example.org/',
    bootData: { user: { orgRole: role, isGrafanaAdmin: false }, settings: {}, navTree: [] },
  });
  locationService.push(at);
  return asked;
}

function recordedFor(refIds: string[]) {
  if (refIds.includes('since')) {
    return queries.since;
  }
  if (refIds.includes('chart_0')) {
    return queries.charts;
  }
  return refIds.includes('people') ? queries.group : queries.overview;
}
