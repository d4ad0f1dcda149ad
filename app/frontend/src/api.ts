import { lastValueFrom } from 'rxjs';
import { getBackendSrv, isFetchError, type BackendSrvRequest } from '@grafana/runtime';
import { PLUGIN_ID, RESOURCES_URL } from './constants';
import { asApiError } from './errors';
import queries from './generated/queries.json';
import type { Secrets, Settings } from './settings';

export interface Group {
  name: string;
  /** The hub that the group is of, by its namespace. */
  hub: string;
  members: number;
  /** How many members were active, by window: `{"24h": 3}`; null if the hub does not tell. */
  active: Record<string, number | null>;
}

export interface Groups {
  groups: Group[];
  hub: string;
  users: number;
  /** When the hub last answered (RFC 3339); null if it never did. */
  refreshed: string | null;
  age_seconds: number | null;
  /** Whether the data is older than it should be. */
  stale: boolean;
  /** Why the hub's last answer is missing, in a sentence. */
  error: string | null;
  /** Whether names are told to who asks. */
  names: boolean;
}

export interface Member {
  name: string;
  /** RFC 3339; null for somebody who was never active. */
  last_activity: string | null;
  groups: string[];
}

export interface Members {
  group: string;
  members: Member[];
  age_seconds: number | null;
  stale: boolean;
}

export interface Finding {
  level: 'ok' | 'warn' | 'error';
  text: string;
}

export interface Health {
  ok: boolean;
  message: string;
  findings: Finding[];
}

export const groups = (): Promise<Groups> => get('groups');

export const members = (group: string): Promise<Members> => get(`groups/${encodeURIComponent(group)}/members`);

/** Returns the CSV of one group, or of all. */
export function csv(group?: string): Promise<string> {
  const params = new URLSearchParams({ format: 'csv', ...(group === undefined ? {} : { group }) });
  return ask({ url: `${RESOURCES_URL}/report?${params}`, responseType: 'text' });
}

export const BOARD_SEARCH_URL = `/api/search?type=dash-db&dashboardUIDs=${queries.board}`;

/** Returns the uid of the User groups board: the deployed or provisioned one if there is one to be seen, else the app's own. */
export async function userGroupsBoard(): Promise<string> {
  const found = await ask<Array<{ uid: string }>>({ url: BOARD_SEARCH_URL });
  return found.some(({ uid }) => uid === queries.board) ? queries.board : queries.appBoard;
}

/** Returns the app's settings as they are now: what Grafana gave the page may be from before they were saved. */
export async function settings(): Promise<Settings> {
  const saved = await ask<{ jsonData?: Settings | null }>({ url: `/api/plugins/${PLUGIN_ID}/settings` });
  return saved.jsonData ?? {};
}

/** Saves settings and enables the app. Secrets that are not given stay as they are. */
export async function save(jsonData: Settings, secureJsonData: Partial<Secrets>): Promise<void> {
  await ask({
    url: `/api/plugins/${PLUGIN_ID}/settings`,
    method: 'POST',
    data: { enabled: true, pinned: true, jsonData, secureJsonData },
  });
}

/** Returns what the backend finds when it tries its settings. Not to be well is an answer, too. */
export async function health(): Promise<Health> {
  const request = { url: `/api/plugins/${PLUGIN_ID}/health`, ...QUIET };
  try {
    return healthOf((await lastValueFrom(getBackendSrv().fetch<HealthBody>(request))).data);
  } catch (error) {
    // If the backend finds an error, so is the status of the answer; its body is the same.
    if (isFetchError<HealthBody>(error) && error.data?.status) {
      return healthOf(error.data);
    }
    throw asApiError(error);
  }
}

interface HealthBody {
  status?: string;
  message?: string;
  details?: { findings?: Finding[] } | null;
}

function healthOf(body: HealthBody): Health {
  return { ok: body.status === 'OK', message: body.message ?? '', findings: body.details?.findings ?? [] };
}

function get<T>(path: string): Promise<T> {
  return ask({ url: `${RESOURCES_URL}/${path}` });
}

/** The pages say themselves what came of it. */
const QUIET = { showErrorAlert: false, showSuccessAlert: false };

async function ask<T>(request: BackendSrvRequest): Promise<T> {
  try {
    return (await lastValueFrom(getBackendSrv().fetch<T>({ ...QUIET, ...request }))).data;
  } catch (error) {
    throw asApiError(error);
  }
}
