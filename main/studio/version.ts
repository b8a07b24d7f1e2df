import packageFile from '../../package.json' with { type: 'json' };

/** This MCUNet Studio's version. */
export const studioVersion = (): string => packageFile.version;
