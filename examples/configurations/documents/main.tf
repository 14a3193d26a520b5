# Uploads into a pipeline: nested modules, names from variables, a function behind an alias.
terraform {
  required_version = ">= 1.7"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

provider "aws" {
  region = "eu-north-1"
}

variable "tenants" {
  type    = set(string)
  default = ["acme", "globex"]
}

module "pipeline" {
  source   = "./modules/pipeline"
  for_each = var.tenants
  tenant   = each.value
}
