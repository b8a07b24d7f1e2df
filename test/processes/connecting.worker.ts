import net from 'node:net';

// Knows nothing of counting: that is seen to where threads begin.
net.connect(80, 'elsewhere.invalid').on('error', () => undefined);
