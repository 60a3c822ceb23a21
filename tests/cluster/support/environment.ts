import * as v from 'valibot';

const Environment = v.object({
  KUBECONFIG: v.pipe(v.string(), v.minLength(1)),
  /** Where the cluster's ingress listens, `http://ADDRESS[:PORT]`. */
  TEST_CLUSTER_INGRESS: v.pipe(v.string(), v.url()),
  /** The image under test, as the cluster's nodes have it: `name:tag`. */
  TEST_CLUSTER_IMAGE: v.pipe(v.string(), v.regex(/^[^:]+:[^:]+$/)),
  /** The address under which pods reach this machine. */
  TEST_CLUSTER_HOST: v.pipe(v.string(), v.ip()),
});

/** Throws where a variable that names the cluster is missing: these tests are nothing without it. */
export const clusterEnvironment = v.parse(Environment, process.env);
