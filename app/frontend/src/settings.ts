/** The app's jsonData: what is no secret. Grafana hands it to the backend, too. */
export interface Settings {
  /** The hub's API, as `https://hub.example.org/hub/api`. */
  hubUrl?: string;
  /** The Kubernetes namespace in which the hub's users have their pods. */
  namespace?: string;
  /** Names and `/patterns/` of groups that may be seen; none means all. */
  groupsAllowed?: string[];
  /** How often the hub is asked, as `60s`. */
  interval?: string;
  /** Whether Viewers see names, too. */
  namesForViewers?: boolean;
  /** The Prometheus (or Thanos, Mimir) that has the hub's series; none means Grafana's first. */
  datasourceUid?: string;
}

/** The app's secureJsonData, of which the browser only ever learns whether each is set. */
export interface Secrets {
  hubToken: string;
  /** Certificates (PEM) of the authorities that may sign the hub's. */
  hubCa: string;
}

export const DEFAULT_INTERVAL = '60s';
