/** Nobody knows when a request under way ends. After so long another try costs little. */
export const placeRetryMilliseconds = 1_000;
