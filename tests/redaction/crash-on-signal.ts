/** Loaded before a program, so that the test can have it fail with a canary in an error that nobody catches. */
process.on('SIGUSR2', () => {
  throw new Error(process.env['CANARY']);
});
