import { Connection } from '@opensearch-project/opensearch';

const ignore = () => undefined;

/**
 * The client prints, on stdout between our log lines, each connection that breaks after the head of an
 * answer. Whoever reads the body is told of it anyway.
 */
export class QuietConnection extends Connection {
  override request(...[params, callback]: Parameters<Connection['request']>): ReturnType<Connection['request']> {
    const request = super.request(params, (error, response) => {
      if (response) request.removeAllListeners('error').on('error', ignore);
      callback(error, response);
    });
    return request;
  }
}
