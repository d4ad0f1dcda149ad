import { RESOURCES_URL } from '../constants';
import { DEFAULT_INTERVAL } from '../settings';

/** Where Prometheus is to find the service account's token, one line. */
export const TOKEN_FILE = '/etc/prometheus/grafana-token';

/** Returns the job that lets Prometheus scrape the app through a Grafana at this URL. */
export function scrapeConfig(grafanaUrl: string, interval: string | undefined): string {
  const { protocol, host, pathname } = new URL(grafanaUrl);
  return `scrape_configs:
  - job_name: groups-exporter
    # The namespace is the one of the users' pods, whatever Prometheus would call this target's.
    honor_labels: true
    scrape_interval: ${interval || DEFAULT_INTERVAL}
    scheme: ${protocol.replace(':', '')}
    metrics_path: ${pathname.replace(/\/$/, '')}${RESOURCES_URL}/metrics
    authorization:
      credentials_file: ${TOKEN_FILE}
    static_configs:
      - targets: [${JSON.stringify(host)}]
`;
}
