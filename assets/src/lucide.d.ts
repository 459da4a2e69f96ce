declare module "lucide-react/dist/esm/icons/*.mjs" {
  const icon: import("react").ComponentType<any>;
  export default icon;
}
