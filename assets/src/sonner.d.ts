// Comes with Reflex, which shows its own toasts with it.
declare module "sonner" {
  export const toast: {
    (sentence: string): void;
    error(sentence: string): void;
    success(sentence: string): void;
  };
}
