import { Observable } from 'rxjs';
import type { BackendSrv, BackendSrvRequest, FetchError, FetchResponse } from '@grafana/runtime';

export interface Reply {
  status: number;
  /** JSON, or text of another kind. */
  body: unknown;
}

/** Returns what stands for Grafana's client of its own API: other statuses than 2xx are thrown, as there. */
export function backendSrv(reply: (request: BackendSrvRequest) => Promise<Reply>): BackendSrv {
  const fetch = <T>(request: BackendSrvRequest) =>
    new Observable<FetchResponse<T>>((subscriber) => {
      reply(request).then(
        ({ status, body }) => {
          const text = request.responseType === 'text' && typeof body !== 'string';
          const answer = { status, statusText: '', data: text ? JSON.stringify(body) : body, config: request };
          if (status < 200 || status > 299) {
            subscriber.error(answer satisfies FetchError);
          } else {
            subscriber.next(answer as FetchResponse<T>);
            subscriber.complete();
          }
        },
        (error) => subscriber.error(error)
      );
    });
  return { fetch } as BackendSrv;
}
