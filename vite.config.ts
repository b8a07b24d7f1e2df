import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The window: one page, everything in the package, nothing from elsewhere. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
