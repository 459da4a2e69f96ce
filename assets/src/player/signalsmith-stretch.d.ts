// The bundler turns this import into the address of the file.
declare module "signalsmith-stretch?url" {
  const url: string;
  export default url;
}
