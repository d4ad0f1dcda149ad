import { scrapeConfig } from './scrapeConfig';

test('is a job for the Grafana that shows it', () => {
  expect(scrapeConfig('https://example.org:3443/grafana/', undefined)).toBe(`scrape_configs:
  - job_name: groups-exporter
    # The namespace is the one of the users' pods, whatever Prometheus would call this target's.
    honor_labels: true
    scrape_interval: 60s
    scheme: https
    metrics_path: /grafana/api/plugins/groupscope-jupyterhub-app/resources/metrics
    authorization:
      credentials_file: /etc/prometheus/grafana-token
    static_configs:
      - targets: ["example.org:3443"]
`);
});
