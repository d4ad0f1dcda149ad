import { locationUtil, type RawTimeRange } from '@grafana/data';
import { APP_URL, RESOURCES_URL } from './constants';
import type { Attribution } from './queries';

/** What the pages keep in their URL, so that a link shows what its sender saw. */
export interface View {
  from: string;
  to: string;
  attribution: Attribution;
}

export function view(raw: RawTimeRange, attribution: Attribution): View {
  return { from: asText(raw.from), to: asText(raw.to), attribution };
}

export const overviewUrl = (shown: View) => url(APP_URL, { ...shown });

// The name is no part of the path: names may hold slashes, which servers and routers take apart.
export const groupUrl = (group: string, shown: View) => url(`${APP_URL}/group`, { name: group, ...shown });

export const reportUrl = () => url(`${RESOURCES_URL}/report`, {});

/** The User groups board of that uid, on one group of one hub. */
export function boardUrl(
  uid: string,
  group: string,
  hub: string,
  datasourceUid: string | undefined,
  shown: View
): string {
  return url(`/d/${uid}`, {
    ...(datasourceUid === undefined ? {} : { 'var-datasource': datasourceUid }),
    'var-hub': hub,
    'var-group': group,
    'var-attribution': shown.attribution,
    from: shown.from,
    to: shown.to,
  });
}

function url(path: string, params: Record<string, string>): string {
  const query = new URLSearchParams(params).toString();
  return locationUtil.assureBaseUrl(query === '' ? path : `${path}?${query}`);
}

/** Returns a time as Grafana's URLs have it: `now-7d`, or milliseconds. */
function asText(time: RawTimeRange['from']): string {
  return typeof time === 'string' ? time : String(time.valueOf());
}
