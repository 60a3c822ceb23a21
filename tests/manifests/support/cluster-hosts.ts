import type { Manifest } from './manifest.ts';

/** A host of the cluster that some text connects to. */
export interface ClusterHost {
  service: string;
  namespace: string;
  port: number;
}

const schemePorts: Record<string, number> = { http: 80, https: 443 };
const url = /\b([a-z]+):\/\/(?:[^\s/@"']*@)?([a-z][a-z\d.-]*)(?::(\d+))?/g;

/** The hosts in the URLs of a text that are the cluster's own: a Service's name alone, or with `.<namespace>.svc` behind it. */
export function toClusterHosts(text: string, ownNamespace: string): ClusterHost[] {
  return [...text.matchAll(url)].flatMap(([, scheme = '', host = '', port]) => {
    const [service = '', namespace = ownNamespace, suffix = 'svc', ...rest] = host.split('.');
    const isOfCluster = suffix === 'svc' && ['', 'cluster.local'].includes(rest.join('.'));
    if (host === 'localhost' || !isOfCluster) return [];
    return [{ service, namespace, port: Number(port ?? schemePorts[scheme]) }];
  });
}

/** All texts that hold settings: ConfigMaps, and what containers are given. Never a Secret. */
export function toSettings(manifest: Manifest): string {
  if (manifest.kind === 'Secret') return '';
  // A function's name is put into the place that the edge's setting keeps for it.
  return JSON.stringify(manifest, undefined, 1).replaceAll('{function}', 'query');
}
