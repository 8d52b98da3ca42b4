// Preloaded by a command's process (`--import`): what it takes for a second is a millisecond, so that whatever it does takes long.

const real = performance.now.bind(performance);
performance.now = () => real() * 1_000;
