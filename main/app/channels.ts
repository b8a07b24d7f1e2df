/** The channels between preload and main process; everything else goes over the service's port. */
export const CHANNELS = {
  connect: 'studio:connect',
  port: 'studio:port',
  chooseFile: 'studio:choose-file',
  chooseFolder: 'studio:choose-folder',
  open: 'studio:open',
} as const;
