/**
 * What counters were increased by, of pods that come and go: what begins at its first value, not at 0, or was counted before Prometheus
 * first asked, is nothing that `increase` sees.
 */
export const increase = (series: string, range: string): string =>
  `((max_over_time(${series}[${range}]) unless ${series} offset ${range}) or increase(${series}[${range}]))`;
